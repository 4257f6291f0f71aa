//! What is asked of somebody, or for something, that is not there: which there are.
use crate::stage::{World, question};
use strait_core::{
    resource::MeshName,
    why::{Question, why},
};

fn answer(from: &str, to: &str) -> String {
    World::new().asks(from, to).unwrap_err().to_string()
}

#[test]
fn with_those_that_are_close() {
    for (from, to, said) in [
        ("cart-2", "bread", "there is no Dataplane cart-2 in the mesh shop of zone east; there is cart-1"),
        ("west/cart-1", "bread", "there is no Dataplane cart-1 in the mesh shop of zone west; there is stock-1"),
        ("north/cart-1", "bread", "there is no Dataplane in zone north; there is east"),
        (
            "cart-1",
            "braed.svc.mesh.local",
            "no service of the mesh shop is called `braed.svc.mesh.local` in zone east; there is bread.svc.mesh.local",
        ),
        ("cart-1", "241.0.0.9", "no service of the mesh shop is known to have the address 241.0.0.9"),
        ("cart-1", "bread:http", "`http` is not a port"),
        ("cart-1", "bread:0", "`0` is not a port"),
    ] {
        let answer = answer(from, to);
        assert!(answer.contains(said), "{answer}");
    }
    let shop = |mesh: &str| Question { mesh: MeshName::new(mesh).unwrap(), ..question("cart-1", "bread") };
    let answer = why(&World::new().ground(), &shop("shp")).unwrap_err().to_string();
    assert_eq!(answer, "zone east holds no mesh shp; there is shop");
}

#[test]
fn a_name_is_read_as_an_application_writes_it() {
    for to in ["BREAD.svc.mesh.local.", "bread.svc.mesh.local:80", "bread"] {
        assert!(World::new().cart(to).broken().is_none(), "{to}");
    }
}

#[test]
fn a_service_of_several_other_zones_has_to_be_named() {
    let mut world = World::new();
    world.put("type: MeshService\nmesh: shop\nname: stock\nlabels: {kuma.io/zone: north}\nspec: {ports: [{port: 80}]}\n");
    let answer = world.asks("cart-1", "stock").unwrap_err().to_string();
    assert!(answer.contains("stock.svc.north.mesh.local, stock.svc.west.mesh.local"), "{answer}");
}

#[test]
fn a_line_that_cannot_be_read() {
    let mesh = || MeshName::new("shop").unwrap();
    for (from, to, said) in [("East/cart", "bread", "FROM"), ("cart 1", "bread", "FROM"), ("cart", " ", "TO")] {
        assert!(Question::read(mesh(), from, to).unwrap_err().starts_with(said));
    }
}
